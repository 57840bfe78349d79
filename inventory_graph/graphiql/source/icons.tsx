/** A closed box, drawn to sit among GraphiQL's own icons; also the mark of the service. */
export function BoxIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" aria-hidden="true">
      <path d="M12 2.5 20.5 7v10L12 21.5 3.5 17V7z" />
      <path d="m3.5 7 8.5 4.5L20.5 7M12 11.5v10" />
    </svg>
  );
}
