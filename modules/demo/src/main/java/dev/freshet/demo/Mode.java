package dev.freshet.demo;

import dev.freshet.demo.fault.Fault;
import dev.freshet.demo.fault.Story;
import dev.freshet.demo.load.Member;
import dev.freshet.demo.load.Pace;
import dev.freshet.demo.load.Report;
import dev.freshet.demo.load.Requests;
import dev.freshet.demo.load.Write;
import dev.freshet.demo.show.Scene;
import dev.freshet.demo.show.Scene.Count;
import dev.freshet.demo.stack.Deployment;
import dev.freshet.demo.stack.LocalStack;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** How the replicas use Freshet, and what of the demo depends on it. */
interface Mode {

    /** Returns what is started, in a few words. */
    String cast(int replicas);

    /** Returns how the replicas are run. */
    Deployment deployment();

    /** Returns what a reader may try while the demo runs, line by line. */
    List<String> hints(LocalStack stack);

    /** Returns how the replicas are asked what they have done. */
    Report report(HttpClient http);

    /** Returns the faults, and how their stories are told. */
    Map<Fault, Story> stories();

    /** Returns what hears each acknowledged write, to measure how long each of these replicas is stale. */
    Consumer<Write> watch(Requests requests, List<Member> freshets);

    /** Returns what is measured of each change. */
    Scene.Measure measure();

    /** Returns a pace that fits what is measured. */
    Pace pace();

    /** Returns what is counted of a replica, besides its answers. */
    List<Count> counts(Member member, long replayed);
}
