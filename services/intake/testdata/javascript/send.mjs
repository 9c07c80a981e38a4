// Sends events with the official JavaScript SDK of CloudEvents in each of its
// modes, and prints what the intake answers, one line a request.
import { CloudEvent, HTTP } from "cloudevents";

const target = process.argv[2];

function report(id) {
  return new CloudEvent({
    id,
    source: "urn:pe:test:javascript",
    type: "report.received",
    subject: `c-${id}`,
    time: "2024-03-01T10:15:00.123-05:00",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data: { ubigeo: "040101", channel: "police", institution: "comisaria-17" },
  });
}

async function post(name, message) {
  const response = await fetch(target, { method: "POST", headers: message.headers, body: message.body });
  const answer = await response.json();
  console.log(JSON.stringify({ name, status: response.status, results: answer.events?.map((e) => e.result) }));
}

await post("structured", HTTP.structured(report("js-1")));
await post("binary", HTTP.binary(report("js-2")));
await post("binary again, structured", HTTP.structured(report("js-2")));
await post("batch", {
  headers: { "content-type": "application/cloudevents-batch+json" },
  body: JSON.stringify([report("js-3"), report("js-4")]),
});
