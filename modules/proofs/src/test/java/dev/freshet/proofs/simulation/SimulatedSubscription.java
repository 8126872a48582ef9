package dev.freshet.proofs.simulation;

import dev.freshet.bus.RegionReader;
import dev.freshet.bus.RegionSubscription;
import dev.freshet.bus.SubscriberListener;
import dev.freshet.bus.TimeSource;
import dev.freshet.bus.internal.follow.Arrival;
import dev.freshet.bus.internal.follow.FeedLink;
import dev.freshet.bus.internal.follow.Head;
import dev.freshet.bus.internal.follow.HeartbeatScript;
import dev.freshet.bus.internal.follow.LogPages;
import dev.freshet.bus.internal.follow.RegionFeed;
import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.schema.Position;
import dev.freshet.schema.RedisNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A region's production feed, with a simulation in the place of its link. What the production's {@code NodeLink} does with
 * sockets and threads, a simulation does in steps of its own choosing.
 */
public final class SimulatedSubscription implements FeedLink {

    /** What the feed asks of its connection. */
    public interface Connection {
        /** A heartbeat is wanted soon. */
        void beatNow();

        /** A page of the log is wanted; see {@link SimulatedSubscription#page}. */
        void replay(long ticket, long fromSequence, long upToSequence);

        /** A new subscription is wanted. */
        void resubscribe(String why);
    }

    private final RegionFeed feed;
    private final Connection connection;
    private final TimeSource time;
    private final RedisClock clock;
    private final String memberId;
    private final Map<Long, Beat> beats = new LinkedHashMap<>();
    private long lastBeat;
    private @Nullable String sampledRunId;

    public SimulatedSubscription(
            String region,
            String memberId,
            RegionReader reader,
            SubscriberListener listener,
            TimeSource time,
            int bufferMaximumRecords,
            Connection connection) {
        this.memberId = memberId;
        this.connection = connection;
        this.time = time;
        this.clock = new RedisClock(time);
        this.feed = new RegionFeed(new RedisNames(region), reader, listener, time, bufferMaximumRecords, Runnable::run);
        feed.moveTo(this);
    }

    // ---- what the simulation does to the feed

    public void subscribed() {
        feed.subscribed();
    }

    public void disconnected() {
        feed.disconnected();
    }

    /** The region's channel carried something. */
    public void receive(byte[] frame) {
        feed.receive(frame);
    }

    /** The member's own channel carried something. */
    public void receiveOwn(byte[] payload) {
        if (MemberMessage.parse(payload) instanceof MemberMessage.Heads heads) {
            Position at = heads.positions().get(feed.region());
            if (at != null) {
                feed.head(new Head(heads.heartbeat(), at, heads.runId()));
            }
        }
    }

    /** A page of the log was read: entries as XRANGE returns them, or null if the key holds no log. */
    public void page(long ticket, @Nullable List<?> entries) {
        if (entries == null) {
            feed.pageRefused(ticket);
            return;
        }
        List<@Nullable Arrival> arrivals = new ArrayList<>();
        for (Object entry : entries) {
            arrivals.add(LogPages.arrival((List<?>) entry, clock.nowMicros()));
        }
        feed.page(ticket, arrivals);
    }

    /** Takes the moment at which a heartbeat begins. */
    public long beginBeat() {
        lastBeat++;
        // The third clock only tells others; here it tells which heartbeat confirmed.
        beats.put(lastBeat, new Beat(time.nanoTime(), time.wallMicros(), lastBeat));
        return lastBeat;
    }

    /** Reads the clock of the server that bears this run_id. Another server's samples are forgotten. */
    public void sampleClock(String runId, long redisMicros) {
        if (!runId.equals(sampledRunId)) {
            clock.forget();
            sampledRunId = runId;
        }
        clock.sample(time.nanoTime(), time.nanoTime(), redisMicros);
    }

    /** The script that a heartbeat runs on the server that bears this run_id. */
    public SimulatedCall heartbeat(long beat, String runId, long goneAfterMicros) {
        String row = feed.progress().row(goneAfterMicros, memberChannel(), memberId);
        return SimulatedCall.of(HeartbeatScript.call(
                memberId,
                memberChannel(),
                false,
                beat,
                runId,
                List.of(new HeartbeatScript.RegionRow(feed.names(), row))));
    }

    public String channel() {
        return feed.names().channel();
    }

    public String memberChannel() {
        return feed.names().memberChannel(memberId);
    }

    public String log() {
        return feed.names().log();
    }

    // ---- what it shows

    public RegionSubscription subscription() {
        return feed.progress();
    }

    /** The heartbeat that confirmed last, or 0. */
    public long confirmedBeat() {
        return feed.progress().confirmation().confirmedAtMicros();
    }

    // ---- what the feed asks for

    @Override
    public @Nullable Beat beat(long heartbeat) {
        return beats.get(heartbeat);
    }

    @Override
    public void beatNow() {
        connection.beatNow();
    }

    @Override
    public void replay(RegionFeed of, long ticket, Position from, long upToSequence) {
        connection.replay(ticket, from.sequence(), upToSequence);
    }

    @Override
    public void resubscribe(String why) {
        connection.resubscribe(why);
    }

    @Override
    public RedisClock clock() {
        return clock;
    }

    /** What a message on a member's own channel looks like on the wire, for a simulation that forges one. */
    public static byte[] answer(long heartbeat, String runId, String region, Position head) {
        return ("N " + heartbeat + " " + runId + " 0\n" + region + " "
                        + head.toString().replace('-', ' '))
                .getBytes(StandardCharsets.UTF_8);
    }
}
