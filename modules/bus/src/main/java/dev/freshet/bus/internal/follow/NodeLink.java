package dev.freshet.bus.internal.follow;

import dev.freshet.bus.internal.member.MemberMessage;
import dev.freshet.bus.internal.redis.RedisClock;
import dev.freshet.bus.internal.redis.RedisErrors;
import dev.freshet.bus.internal.thread.BusThread;
import dev.freshet.schema.Position;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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

        /** Makes this link the one that leads to a node; see {@link #settleAt}. Returns false if another one does. */
        boolean settle(NodeLink link, HostAndPort node);
    }

    private final FollowContext context;
    private final Owner owner;
    private final LinkState state;
    private final NodeSubscription subscription;
    private final ControlConnection control;
    private final LogPages pages;
    private final MemberUpkeep upkeep;
    private final QuestionAnswers answers;
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
        this.answers = new QuestionAnswers(control, this::execute, context.memberId());
        this.heartbeats =
                new Heartbeats(context, state, control, upkeep, controlThread, subscription::giveUp, this::broken);
        feeds.forEach(feed -> feed.moveTo(this));
        state.add(feeds, false);
    }

    void start() {
        heartbeats.start();
        receivingThread.start();
    }

    private void receive() {
        try {
            subscription.run();
        } catch (LinkageError e) {
            broken(e);
        } finally {
            execute(control::drop);
            controlThread.shutdown();
        }
    }

    /**
     * Takes in regions, over the connections that there are.
     *
     * @param arePlaced whether they are known to live on this link's node; if not, only a link that looks for its node takes them
     * @return false if this link does not take them
     */
    boolean add(List<RegionFeed> newcomers, boolean arePlaced) {
        newcomers.forEach(feed -> feed.moveTo(this));
        if (!state.add(newcomers, arePlaced)) {
            return false;
        }
        execute(() -> {
            subscription.refresh();
            upkeep.registerSoon();
        });
        return true;
    }

    /**
     * Lets a region go: ends its subscription and removes this member's row. With its last region the link ends.
     *
     * @return completes once that is done or cannot be; null if the region is not here
     */
    @Nullable
    CompletableFuture<Void> remove(RegionFeed feed) {
        if (!state.remove(feed)) {
            return null;
        }
        CompletableFuture<Void> gone = new CompletableFuture<>();
        boolean isTaken = execute(() -> {
            try {
                subscription.refresh();
                upkeep.leave(feed, state.feeds());
            } finally {
                gone.complete(null);
            }
        });
        if (!isTaken) {
            gone.complete(null);
        }
        // After the task is taken: a link that ends takes no further one.
        if (state.closeIfEmpty()) {
            subscription.abort();
        }
        return gone;
    }

    boolean isEmpty() {
        return state.isEmpty();
    }

    /** Whether the link is closed and its threads have ended. */
    boolean isOver() {
        return state.isClosed() && controlThread.isTerminated() && !receivingThread.isAlive();
    }

    /** Notes the node. From then on only regions that live there are taken in. */
    void settleAt(HostAndPort node) {
        state.settle(node);
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
            } catch (LinkageError e) {
                throw e;
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
    public boolean settle(HostAndPort node) {
        return owner.settle(this, node);
    }

    @Override
    public void subscribing(HostAndPort node) {
        control.use(node);
    }

    @Override
    public void covers(List<RegionGroup> groups) {
        heartbeats.cover(groups);
    }

    @Override
    public void asked(MemberMessage.Question question) {
        answers.answer(question, state.feeds());
    }

    @Override
    public void asked(MemberMessage.Inspection inspection) {
        answers.answer(inspection, state.feeds());
    }

    /** Returns false if the control thread takes no more tasks. */
    private boolean execute(Runnable task) {
        try {
            controlThread.execute(() -> {
                try {
                    task.run();
                } catch (LinkageError e) {
                    broken(e);
                } catch (RuntimeException | Error e) {
                    LOG.error("a task of the control thread failed because of a bug", e);
                    resubscribe("a task of the control thread failed because of a bug");
                }
            });
            return true;
        } catch (RejectedExecutionException e) {
            LOG.debug("closed; no command goes to {}", state.node());
            return false;
        }
    }

    /** Without either thread nothing is confirmed, so the link ends. On one of them. */
    private void broken(LinkageError fault) {
        state.broken(context.connector().faults().broken(fault));
        subscription.abort();
        controlThread.shutdown();
    }

    // ---- the end

    /** Removes this member's rows and ends both threads. Waits for each of them at most the command timeout. */
    void close() {
        List<RegionFeed> leaving = state.feeds();
        execute(() -> {
            // Here, so that neither a heartbeat comes behind it, nor the end of the receiving thread before it.
            state.close();
            upkeep.leave(leaving);
        });
        controlThread.shutdown();
        try {
            long millis = context.connector().commandTimeout().toMillis();
            if (!controlThread.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
                controlThread.shutdownNow();
                control.abort();
            }
            state.close();
            subscription.abort();
            receivingThread.join(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            state.close();
            subscription.abort();
        }
    }

    @Override
    public String toString() {
        return "NodeLink[" + state.node() + ", member " + context.memberId() + ", "
                + state.feeds().size() + " regions]";
    }
}
