import LanguageWorker from './language.worker?worker';

window.MonacoEnvironment = {
  getWorker: (_id: string, language: string) => new LanguageWorker({ name: language }),
};
