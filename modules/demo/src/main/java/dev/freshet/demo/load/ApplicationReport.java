package dev.freshet.demo.load;

import dev.freshet.demo.load.Member.Applied;
import dev.freshet.demo.load.Member.Counts;
import dev.freshet.demo.load.Member.How;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Locale;

/** Asks the application, which prints a line of counts at {@code /report}, and a line for each change that it applied. */
public final class ApplicationReport implements Report {

    private final HttpClient http;

    public ApplicationReport(HttpClient http) {
        this.http = http;
    }

    @Override
    public void ask(Member member) throws IOException, InterruptedException {
        long from = member.nextLine(member.replica().application().starts());
        List<String> report = page(member, from).lines().toList();
        String[] head = report.get(0).split(" ", -1);
        Counts counts = new Counts(0, Long.parseLong(head[2]), Long.parseLong(head[3]), Long.parseLong(head[4]));
        List<Applied> changes = report.subList(1, report.size()).stream()
                .map(ApplicationReport::change)
                .toList();
        member.reported(head[1], counts, changes, Long.parseLong(head[0]));
    }

    private String page(Member member, long from) throws IOException, InterruptedException {
        return Report.page(http, member.replica().uri().resolve("/report?from=" + from));
    }

    /** Reads a line like {@code 0123456789abcdef-412 843 live}. */
    static Applied change(String line) {
        String[] words = line.split(" ", -1);
        int dash = words[0].lastIndexOf('-');
        return new Applied(
                words[0].substring(0, dash),
                Long.parseLong(words[0].substring(dash + 1)),
                Long.parseLong(words[1]),
                How.valueOf(words[2].toUpperCase(Locale.ROOT)));
    }
}
