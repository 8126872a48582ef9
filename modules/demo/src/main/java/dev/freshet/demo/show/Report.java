package dev.freshet.demo.show;

import dev.freshet.demo.check.LoadGenerator;
import dev.freshet.demo.check.ReplicaTally;
import dev.freshet.demo.check.StalenessChecker;
import dev.freshet.demo.stack.LocalStack;
import dev.freshet.demo.stack.LocalStack.Replica;
import dev.freshet.demo.stack.SupervisedProcess;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Shows what the load measured beside what the subscribers report. Used by one thread. */
public final class Report {

    private static final Duration SCRAPE_TIMEOUT = Duration.ofMillis(500);

    private final HttpClient http;
    private final LocalStack stack;
    private final LoadGenerator load;
    private final StalenessChecker checker;
    private final List<SubscriberView> views = new ArrayList<>();

    /**
     * @param region the region whose metrics are shown
     * @param bound how long a subscriber may serve unconfirmed entries
     */
    public Report(
            HttpClient http,
            LocalStack stack,
            LoadGenerator load,
            StalenessChecker checker,
            String region,
            Duration bound) {
        this.http = http;
        this.stack = stack;
        this.load = load;
        this.checker = checker;
        stack.replicas().forEach(replica -> views.add(new SubscriberView(region, bound)));
    }

    /** Scrapes every subscriber. Blocks for a bounded time. */
    public void refresh() {
        for (Replica replica : stack.replicas()) {
            SubscriberView view = views.get(replica.number() - 1);
            // Read before the scrape: if the process restarts in between, its counts are not mixed up with those of the
            // former process.
            int life = stack.subscriber(replica).starts();
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(replica.subscriberManagementUri().resolve("/metrics"))
                                .timeout(SCRAPE_TIMEOUT)
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 200) {
                    view.scraped(PrometheusText.parse(answer.body()), life);
                } else {
                    view.silent();
                }
            } catch (IOException e) {
                view.silent();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Excludes the stale windows up to the last {@link #refresh} from what is shown. */
    public void warmedUp() {
        views.forEach(SubscriberView::warmedUp);
    }

    /** Returns whether every process was up and every subscriber confirmed at the last {@link #refresh}. */
    public boolean isAllWell() {
        return stack.isAllUp() && views.stream().allMatch(view -> view.state().equals("confirmed"));
    }

    /** Returns the table, with a line of totals below it. */
    public List<String> table(Duration elapsed) {
        List<String> rows = new ArrayList<>();
        rows.add("");
        rows.add(row(
                "replica",
                "reads",
                "hit rate",
                "stale",
                "p50 <=",
                "p99 <=",
                "max <=",
                "gaps",
                "resets",
                "starts",
                "state"));
        for (Replica replica : stack.replicas()) {
            rows.add(replicaRow(replica));
        }
        rows.add("");
        rows.add(
                "  " + seconds(elapsed) + "  writes " + load.acknowledgedWrites() + "  reads " + reads() + "  hit rate "
                        + percent(hitRate()) + "  stale reads: " + checker.staleInsideWindow() + " inside the window, "
                        + checker.staleOutsideWindow() + " outside");
        List<String> down = stack.processes().stream()
                .filter(process -> process.state() != SupervisedProcess.State.UP)
                .map(process -> process.spec().name())
                .toList();
        rows.add(down.isEmpty() ? "" : "  not up: " + String.join(", ", down));
        return rows;
    }

    /** Returns everything in one line. */
    public String plain(Duration elapsed) {
        SubscriberView.Counts total = total();
        return String.format(
                Locale.ROOT,
                "%6s  writes %d  reads %d  hit rate %s  stale window p50 <= %s p99 <= %s max <= %s"
                        + "  stale reads %d inside, %d outside  gaps %.0f  resets %.0f  %s",
                seconds(elapsed),
                load.acknowledgedWrites(),
                reads(),
                percent(hitRate()),
                millis(total.staleWindow().quantileSeconds(0.5)),
                millis(total.staleWindow().quantileSeconds(0.99)),
                millis(total.staleWindow().quantileSeconds(1)),
                checker.staleInsideWindow(),
                checker.staleOutsideWindow(),
                total.gaps(),
                total.resets(),
                views.stream().map(SubscriberView::state).collect(Collectors.joining(" ")));
    }

    /** Returns the summary of the run. */
    public List<String> summary(Duration elapsed) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("Summary after " + seconds(elapsed) + ": " + load.acknowledgedWrites() + " writes acknowledged, "
                + load.failedWrites() + " failed; " + reads() + " reads, "
                + load.tallies().stream().mapToLong(ReplicaTally::failures).sum() + " failed; hit rate "
                + percent(hitRate()));
        lines.addAll(table(elapsed).subList(1, 2 + stack.replicas().size()));
        lines.add(
                "  p50, p99, max: the stale window, within its histogram's buckets, from the commit in the database to the eviction in that subscriber.");
        lines.add("  The stale windows exclude the warm-up. Every read was checked, from the first one on.");
        lines.add("");
        lines.add("  stale reads inside the window:  " + checker.staleInsideWindow()
                + (checker.staleInsideWindow() == 0
                        ? ""
                        : " (the oldest began "
                                + millis(checker.oldestInsideWindow().toNanos() / 1e9)
                                + " after its write was acknowledged)"));
        lines.add("  stale reads outside the window: " + checker.staleOutsideWindow());
        lines.add(
                "  A read is outside if it missed an acknowledged write and: the database answered it; or the write was"
                        + " older");
        lines.add(
                "  than the subscriber's claim (Freshet-Confirmed-Age); or the subscriber was known to have applied the"
                        + " write.");
        return lines;
    }

    private String replicaRow(Replica replica) {
        SubscriberView view = views.get(replica.number() - 1);
        ReplicaTally tally = load.tallies().get(replica.number() - 1);
        SubscriberView.Counts counts = view.counts();
        return row(
                Integer.toString(replica.number()),
                Long.toString(tally.answers()),
                percent(tally.hitRate()),
                Long.toString(tally.stale()),
                millis(counts.staleWindow().quantileSeconds(0.5)),
                millis(counts.staleWindow().quantileSeconds(0.99)),
                millis(counts.staleWindow().quantileSeconds(1)),
                String.format(Locale.ROOT, "%.0f", counts.gaps()),
                String.format(Locale.ROOT, "%.0f", counts.resets()),
                Integer.toString(stack.subscriber(replica).starts()),
                view.state());
    }

    private static String row(Object... cells) {
        return String.format(Locale.ROOT, "  %-8s %9s %9s %7s   %9s %9s %9s  %5s %6s %6s  %s", cells);
    }

    private SubscriberView.Counts total() {
        return views.stream()
                .map(SubscriberView::counts)
                .reduce(SubscriberView.Counts.NONE, SubscriberView.Counts::plus);
    }

    private long reads() {
        return load.tallies().stream().mapToLong(ReplicaTally::answers).sum();
    }

    private double hitRate() {
        return (double) load.tallies().stream().mapToLong(ReplicaTally::hits).sum() / reads();
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f%%", 100 * share);
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1e3);
    }

    private static String millis(double seconds) {
        if (Double.isNaN(seconds) || seconds <= 0) {
            return "-";
        }
        if (Double.isInfinite(seconds)) {
            return "more";
        }
        double millis = 1e3 * seconds;
        return String.format(Locale.ROOT, millis < 10 ? "%.2f ms" : "%.0f ms", millis);
    }
}
