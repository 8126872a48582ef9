package dev.freshet.bus.internal.follow;

import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.BusThread;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;

/**
 * The link to one Redis node, for all regions that live there. It owns two threads.
 *
 * <p>The receiving thread runs the {@link NodeSubscription}. The control thread owns the {@link ControlConnection}: it runs
 * {@link Heartbeats}, reads {@link LogPages} and answers dry runs. It never waits for the receiving thread.
 */
final class NodeLink implements FeedLink, NodeSubscription.Owner {

    private static final Logger LOG = LoggerFactory.getLogger(NodeLink.class);

    /** What the owner of all links does for one of them. */
    interface Owner {
        /** These regions' master is another node now; the orphans have none. */
        void rehome(NodeLink from, Map<HostAndPort, List<RegionFeed>> byMaster, List<RegionFeed> orphans);

        /** Whether another link leads to this node. */
        boolean isFollowedElsewhere(NodeLink from, HostAndPort node);
    }

    private final FollowContext context;
    private final Owner owner;
    private final LinkState state;
    private final NodeSubscription subscription;
    private final ControlConnection control;
    private final LogPages pages;
    private final MemberUpkeep upkeep;
    private final DryRunAnswers dryRuns;
    private final Heartbeats heartbeats;
    private final Thread receivingThread;
    private final ScheduledThreadPoolExecutor controlThread;

    NodeLink(FollowContext context, List<RegionFeed> feeds, Owner owner) {
        this.context = context;
        this.owner = owner;
        this.state = new LinkState(context.time());
        String label = feeds.get(0).region() + (feeds.size() == 1 ? "" : "+" + (feeds.size() - 1));
        this.receivingThread = new BusThread(this::receive, "freshet-receive-" + label);
        this.controlThread =
                new ScheduledThreadPoolExecutor(1, task -> new BusThread(task, "freshet-control-" + label));
        this.subscription = new NodeSubscription(context, state, this);
        this.control = new ControlConnection(context, state.clock());
        this.pages = new LogPages(control, state.clock(), context.config().replayPageRecords());
        this.upkeep = new MemberUpkeep(context, control, state.clock());
        this.dryRuns = new DryRunAnswers(control, this::execute, context.memberId());
        this.heartbeats = new Heartbeats(context, state, control, upkeep, controlThread, subscription::giveUp);
        takeIn(feeds);
    }

    void start() {
        heartbeats.start();
        receivingThread.start();
    }

    private void receive() {
        subscription.run();
        controlThread.shutdown();
    }

    /** Takes in regions that moved here, by subscribing anew to all. */
    void add(List<RegionFeed> newcomers) {
        takeIn(newcomers);
        resubscribe("regions moved to this node");
    }

    private void takeIn(List<RegionFeed> newcomers) {
        for (RegionFeed feed : newcomers) {
            feed.moveTo(this);
            state.feeds().add(feed);
        }
    }

    boolean isEmpty() {
        return state.feeds().isEmpty();
    }

    /** The node, or null before it is known. */
    @Nullable
    HostAndPort node() {
        return state.node();
    }

    // ---- for the feeds

    @Override
    public RedisClock clock() {
        return state.clock();
    }

    @Override
    public @Nullable String trouble() {
        return state.trouble();
    }

    @Override
    public @Nullable Beat beat(long heartbeat) {
        return heartbeats.beat(heartbeat);
    }

    @Override
    public void beatNow() {
        heartbeats.beatNow();
    }

    @Override
    public void replay(RegionFeed feed, long ticket, Position from, long upToSequence) {
        execute(() -> {
            try {
                pages.replay(feed, ticket, from, upToSequence);
            } catch (RuntimeException | Error e) {
                // The region waits for its page; a new subscription starts over.
                control.drop();
                resubscribe("the log cannot be read: " + RedisErrors.withRootMessage(e));
            }
        });
    }

    @Override
    public void resubscribe(String why) {
        subscription.giveUp(why);
    }

    // ---- for the subscription

    @Override
    public void rehome(Map<HostAndPort, List<RegionFeed>> byMaster, List<RegionFeed> orphans) {
        owner.rehome(this, byMaster, orphans);
    }

    @Override
    public boolean isFollowedElsewhere(HostAndPort node) {
        return owner.isFollowedElsewhere(this, node);
    }

    @Override
    public void subscribing(HostAndPort node, List<RegionGroup> groups) {
        control.use(node);
        heartbeats.cover(groups);
    }

    @Override
    public void asked(MemberMessage.Question question) {
        dryRuns.answer(question, List.copyOf(state.feeds()));
    }

    private void execute(Runnable task) {
        try {
            controlThread.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; no command goes to {}", state.node());
        }
    }

    // ---- the end

    /** Removes this member's rows and ends both threads. Waits for each of them at most the command timeout. */
    void close() {
        state.close();
        List<RegionFeed> leaving = List.copyOf(state.feeds());
        execute(() -> upkeep.leave(leaving));
        controlThread.shutdown();
        try {
            long millis = context.connector().commandTimeout().toMillis();
            if (!controlThread.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
                controlThread.shutdownNow();
                control.abort();
            }
            subscription.abort();
            receivingThread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "NodeLink[" + state.node() + ", member " + context.memberId() + ", "
                + state.feeds().size() + " regions]";
    }
}
