package dev.freshet.cli.doctor;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionView;
import dev.freshet.schema.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

/** Tests the whole way from publish to evict: it publishes an invalidation of a key that nobody uses. */
public final class Canary {

    /**
     * The result for one member.
     *
     * @param region the region
     * @param member the member's name
     * @param applied whether the member applied the canary in time
     * @param micros microseconds from the append of the canary to its application by the member
     * @param atMost whether the member had applied later records too when it was asked, so that {@code micros} is an upper
     *     bound
     */
    public record Time(String region, String member, boolean applied, long micros, boolean atMost) {}

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** The maximum age of a healthy member's confirmation. By default each heartbeat, two a second, confirms it. */
    private static final long LONGEST_UNCONFIRMED_MICROS = 5_000_000;

    private final Publisher publisher;
    private final List<Finding> findings = new ArrayList<>();
    private final List<Time> times = new ArrayList<>();

    public Canary(Publisher publisher) {
        this.publisher = publisher;
    }

    /**
     * Publishes a canary in a region and waits for its members.
     *
     * @param required whether a region without members is a fault
     */
    public void send(String region, boolean required) {
        try {
            Change change = Change.builder()
                    .keys("freshet:canary:" + UUID.randomUUID())
                    .awaited()
                    .build();
            if (!required && publisher.region(region).join().members().isEmpty()) {
                findings.add(Finding.note("canary", "no live member follows " + region, null));
                return;
            }
            Receipt receipt = publisher.publish(region, change).join();
            AwaitResult result =
                    publisher.awaitApplied(List.of(receipt), PATIENCE).join();
            RegionView view = publisher.region(region).join();
            judge(region, receipt, result, view);
        } catch (CompletionException e) {
            if (!(e.getCause() instanceof BusException)) {
                throw e;
            }
            findings.add(Finding.fault(
                    "canary",
                    "nothing can be published to " + region + ": "
                            + e.getCause().getMessage(),
                    "fix the faults above; if there are none, look into the log of Redis"));
        }
    }

    private void judge(String region, Receipt receipt, AwaitResult result, RegionView view) {
        if (view.members().isEmpty()) {
            findings.add(Finding.fault(
                    "canary",
                    "no live member follows " + region,
                    "check that the name is right, and that its subscribers run and can connect to this Redis"));
            return;
        }
        for (Member member : view.members()) {
            boolean applied = member.hasApplied(receipt.position(), receipt.loggedAtMicros());
            Position position = member.position();
            times.add(new Time(
                    region,
                    member.name(),
                    applied,
                    Math.max(0, member.appliedAtMicros() - receipt.loggedAtMicros()),
                    position != null && !position.equals(receipt.position())));
            if (member.seenAtMicros() - member.confirmedAtMicros() > LONGEST_UNCONFIRMED_MICROS) {
                findings.add(Finding.fault(
                        "confirmation",
                        member.name() + " in " + region + " was not confirmed for over 5 s",
                        "look into its log, and at its metric freshet_unconfirmed_seconds"));
            }
        }
        if (result.isComplete()) {
            findings.add(Finding.ok(
                    "canary",
                    "published to " + region + ", and applied by "
                            + (view.members().size() == 1
                                    ? "its one live member"
                                    : "all " + view.members().size() + " live members")));
        } else {
            findings.add(Finding.fault(
                    "canary",
                    "not applied in " + region + " within " + PATIENCE.toSeconds() + " s by "
                            + result.lagging().stream().collect(Collectors.joining(", ")),
                    "look into its log; while it lags, its policy for unconfirmed regions decides what it serves"));
        }
    }

    /** Returns the findings of all regions. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    /** Returns the results for the members of all regions. */
    public List<Time> times() {
        return List.copyOf(times);
    }
}
