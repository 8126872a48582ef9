package dev.freshet.cli.connection;

import dev.freshet.bus.AwaitResult;
import dev.freshet.bus.BusException;
import dev.freshet.bus.Change;
import dev.freshet.bus.DryRunResult;
import dev.freshet.bus.Member;
import dev.freshet.bus.Publisher;
import dev.freshet.bus.PublisherConfig;
import dev.freshet.bus.Receipt;
import dev.freshet.bus.RegionView;
import dev.freshet.bus.TooBroadException;
import dev.freshet.schema.Position;
import dev.freshet.schema.Selector;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A deployment that is asked at its Redis. */
public final class RedisDeployment implements Deployment {

    private final Publisher publisher;

    private RedisDeployment(Publisher publisher) {
        this.publisher = publisher;
    }

    /** Connects. */
    public static RedisDeployment connect(PublisherConfig config) {
        return new RedisDeployment(Publisher.connect(config));
    }

    @Override
    public Published publish(String region, Change change, Duration timeout) {
        Receipt receipt = append(region, change);
        AwaitResult awaited = change.awaited()
                ? publisher.awaitApplied(List.of(receipt), timeout).join()
                : null;
        int members = awaited != null
                ? awaited.members()
                : publisher.region(region).join().members().size();
        return new Published(
                receipt.position(), OptionalLong.of(receipt.loggedAtMicros()), OptionalInt.of(members), awaited);
    }

    private Receipt append(String region, Change change) {
        try {
            return publisher.publish(region, change).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TooBroadException tooBroad) {
                throw new BusException(
                        "not published: " + tooBroad.getMessage() + " (--maximum-entries); name less, or use --force");
            }
            throw e;
        }
    }

    @Override
    public DryRunResult dryRun(String region, List<Selector> selectors, Duration timeout) {
        return publisher.dryRun(region, selectors, timeout).join();
    }

    @Override
    public List<RegionState> regions(@Nullable String region) {
        List<String> names = region == null ? publisher.regions().join() : List.of(region);
        return names.stream()
                .map(name -> stateOf(publisher.region(name).join()))
                .toList();
    }

    private RegionState stateOf(RegionView view) {
        long nowMicros = publisher.time().nowMicros();
        return new RegionState(
                view.region(),
                view.head(),
                view.logRecords(),
                view.members().size(),
                view.members().stream()
                        .map(member -> stateOf(member, view.head(), nowMicros))
                        .toList());
    }

    private static SubscriberState stateOf(Member member, @Nullable Position head, long nowMicros) {
        long confirmedAt = member.confirmedAtMicros();
        return new SubscriberState(
                member.id(),
                member.name(),
                member.position(),
                head == null ? -1 : member.lagRecords(head),
                confirmedAt == 0 ? OptionalLong.empty() : OptionalLong.of(confirmedAt),
                confirmedAt == 0 ? OptionalLong.empty() : OptionalLong.of(Math.max(0, nowMicros - confirmedAt)),
                OptionalLong.of(member.seenAtMicros()),
                OptionalLong.of(Math.max(0, nowMicros - member.seenAtMicros())));
    }

    @Override
    public void close() {
        publisher.close();
    }
}
