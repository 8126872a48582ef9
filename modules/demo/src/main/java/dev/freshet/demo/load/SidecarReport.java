package dev.freshet.demo.load;

import dev.freshet.demo.load.Member.Counts;
import dev.freshet.demo.stack.Sidecar;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.List;

/** Reads the metrics of the sidecar. A replica without one is asked itself. */
public final class SidecarReport implements Report {

    private final HttpClient http;
    private final ApplicationReport ofOthers;

    public SidecarReport(HttpClient http) {
        this.http = http;
        this.ofOthers = new ApplicationReport(http);
    }

    @Override
    public void ask(Member member) throws IOException, InterruptedException {
        Sidecar sidecar = member.replica().sidecar();
        if (sidecar == null) {
            ofOthers.ask(member);
            return;
        }
        var unused = member.nextLine(sidecar.process().starts());
        String page = Report.page(http, sidecar.metrics());
        member.reported(state(page), counts(page), List.of(), 0);
    }

    /** While it does not hear the changes of Redis, it passes every read on. */
    static String state(String page) {
        return sum(page, "freshet_resp_tracking", "") == 1 ? "confirmed" : "bypassed";
    }

    static Counts counts(String page) {
        return new Counts(
                sum(page, "freshet_resp_commands_total", "reason=\"hit\""),
                sum(page, "freshet_resp_tracking_losses_total", ""),
                0,
                0);
    }

    /** Returns the sum of the series of this name whose labels contain a text. */
    private static long sum(String page, String name, String label) {
        return (long) page.lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .filter(line -> line.contains(label))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
