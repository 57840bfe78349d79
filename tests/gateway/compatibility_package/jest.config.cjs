// Runs the suite as it was compiled; `rootDir` is the copy that knows the addresses of this run.
module.exports = { testEnvironment: "node", testMatch: ["<rootDir>/dist/tests/*.test.js"] };
