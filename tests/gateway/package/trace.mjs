// Reads an inline trace in base64 as Apollo's own tools do; prints it as JSON.
import protobuf from "@apollo/usage-reporting-protobuf";

const trace = protobuf.Trace.decode(Buffer.from(process.argv[2], "base64"));
console.log(JSON.stringify(protobuf.Trace.toObject(trace, { longs: Number })));
