package dev.freshet.demo;

import dev.freshet.demo.fault.Fault;
import dev.freshet.demo.fault.RespStories;
import dev.freshet.demo.fault.Story;
import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Pace;
import dev.freshet.demo.load.Report;
import dev.freshet.demo.load.Requests;
import dev.freshet.demo.load.SidecarReport;
import dev.freshet.demo.load.Sightings;
import dev.freshet.demo.load.Write;
import dev.freshet.demo.show.Scene;
import dev.freshet.demo.show.Scene.Count;
import dev.freshet.demo.stack.Deployment;
import dev.freshet.demo.stack.LocalStack;
import dev.freshet.demo.stack.Replica;
import dev.freshet.demo.stack.Sidecar;
import dev.freshet.demo.stack.SidecarReplicas;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The application has an ordinary Redis client, which connects to a sidecar instead of Redis. */
final class RespMode implements Mode {

    private static final Scene.Measure SEEN_AFTER = new Scene.Measure(
            "seen after",
            "from the acknowledgement of a write to the first read that shows it, in each replica that answers");

    private final SidecarReplicas deployment = new SidecarReplicas();

    @Override
    public String cast(int replicas) {
        return "Redis and " + replicas + (replicas == 1 ? " replica" : " replicas")
                + ", each a small application with an ordinary Redis client and a sidecar that it takes for Redis,"
                + " and a naive one: the same client directly at Redis, with Caffeine and bare Pub/Sub";
    }

    @Override
    public Deployment deployment() {
        return deployment;
    }

    @Override
    public List<String> hints(LocalStack stack) {
        List<String> lines = new ArrayList<>();
        String lead = "Try:  ";
        for (Replica replica : stack.replicas()) {
            Sidecar sidecar = replica.sidecar();
            if (sidecar != null) {
                lines.add(lead + "redis-cli -p " + sidecar.respPort() + " get user:1    (the sidecar of "
                        + replica.name() + ")");
                lead = "      ";
            }
        }
        Replica first = stack.replicas().get(0);
        Sidecar sidecar = first.sidecar();
        if (sidecar != null) {
            lines.add(lead + "curl -s " + sidecar.metrics() + " | grep freshet_resp_commands");
            lines.add(lead + "curl -X PUT " + first.uri() + "/users/1 -d Ada");
            lines.add(lead + "kill -9 " + sidecar.process().pid() + "    (the sidecar of " + first.name() + ")");
        }
        return lines;
    }

    @Override
    public Report report(HttpClient http) {
        return new SidecarReport(http);
    }

    @Override
    public Map<Fault, Story> stories() {
        return RespStories.all();
    }

    @Override
    public Consumer<Write> watch(Requests requests, List<Member> freshets) {
        return new Sightings(requests, freshets)::watch;
    }

    @Override
    public Scene.Measure measure() {
        return SEEN_AFTER;
    }

    /** Each time includes a request over HTTP. */
    @Override
    public Pace pace() {
        return new Pace(5_000, 8_000);
    }

    @Override
    public List<Count> counts(Member member, long replayed) {
        return List.of(new Count("resets", member.resets()));
    }
}
