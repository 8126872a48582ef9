package dev.freshet.demo;

import dev.freshet.demo.fault.EmbeddedStories;
import dev.freshet.demo.fault.Fault;
import dev.freshet.demo.fault.Story;
import dev.freshet.demo.load.ApplicationReport;
import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Pace;
import dev.freshet.demo.load.Report;
import dev.freshet.demo.load.Requests;
import dev.freshet.demo.load.Write;
import dev.freshet.demo.show.Scene;
import dev.freshet.demo.show.Scene.Count;
import dev.freshet.demo.stack.Deployment;
import dev.freshet.demo.stack.EmbeddedReplicas;
import dev.freshet.demo.stack.LocalStack;
import dev.freshet.demo.stack.Replica;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Freshet is in the application's process. */
final class EmbeddedMode implements Mode {

    private static final Scene.Measure STALE_WINDOW =
            new Scene.Measure("stale window", "from the commit to the eviction in each replica");

    private final EmbeddedReplicas deployment = new EmbeddedReplicas();

    @Override
    public String cast(int replicas) {
        return "Redis, the publisher, " + replicas + (replicas == 1 ? " replica" : " replicas")
                + " of a small application, and a naive one: Caffeine with bare Pub/Sub";
    }

    @Override
    public Deployment deployment() {
        return deployment;
    }

    @Override
    public List<String> hints(LocalStack stack) {
        Replica first = stack.replicas().get(0);
        List<String> lines = new ArrayList<>();
        lines.add("Console:  " + deployment.console());
        lines.add("");
        lines.add("Try:  curl -i " + first.uri() + "/users/1");
        lines.add("      curl -X PUT " + first.uri() + "/users/1 -d Ada");
        lines.add("      curl " + deployment.publisher() + "/v1/invalidations -H 'Content-Type: application/json' \\");
        lines.add("           -d '{\"region\":\"users\",\"keys\":[\"user:1\"]}'");
        if (stack.redis() != null) {
            lines.add("      ./freshet tail users --redis " + stack.redisUri());
        }
        lines.add("      kill -9 " + first.application().pid() + "    (" + first.name() + ")");
        return lines;
    }

    @Override
    public Report report(HttpClient http) {
        return new ApplicationReport(http);
    }

    @Override
    public Map<Fault, Story> stories() {
        return EmbeddedStories.all();
    }

    /** The replicas measure it themselves. */
    @Override
    public Consumer<Write> watch(Requests requests, List<Member> freshets) {
        return write -> {};
    }

    @Override
    public Scene.Measure measure() {
        return STALE_WINDOW;
    }

    @Override
    public Pace pace() {
        return new Pace(1_500, 2_500);
    }

    @Override
    public List<Count> counts(Member member, long replayed) {
        return List.of(new Count("replayed", replayed), new Count("resets", member.resets()));
    }
}
