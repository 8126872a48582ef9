package dev.freshet.bus.internal.follow;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.HostAndPort;

/**
 * A subscriber's {@link NodeLink}s, one for each node that a followed region lives on. A link lives as long as it has a region.
 *
 * <p>A followed region is in exactly one link, or on its way from one to another. If it is left then, {@link #rehome} drops it. Any
 * thread; nothing here waits for Redis but {@link #close}.
 */
final class NodeLinks implements NodeLink.Owner {

    private final FollowContext context;
    private final List<NodeLink> links = new ArrayList<>();
    private final Set<RegionFeed> followed = new HashSet<>();
    private boolean isClosed;

    NodeLinks(FollowContext context) {
        this.context = context;
    }

    /** Takes in regions. All begin on one link. In a cluster it gives those away that live on other nodes. */
    synchronized void follow(List<RegionFeed> regions) {
        links.removeIf(NodeLink::isOver);
        followed.addAll(regions);
        place(regions, null);
    }

    /**
     * Lets a region go.
     *
     * @return completes once its subscription is ended and this member's row is gone, or cannot be removed now
     */
    synchronized CompletableFuture<Void> leave(RegionFeed feed) {
        links.removeIf(NodeLink::isOver);
        followed.remove(feed);
        for (NodeLink link : links) {
            CompletableFuture<Void> gone = link.remove(feed);
            if (gone != null) {
                return gone;
            }
        }
        return CompletableFuture.completedFuture(null); // on its way from one link to another
    }

    /**
     * Gives regions to a link. In a cluster that is one which looks for their masters first, while the others follow their regions.
     */
    private void place(List<RegionFeed> regions, @Nullable NodeLink from) {
        boolean arePlaced = !context.topology().hasSlots();
        for (NodeLink link : links) {
            if (link != from && link.add(regions, arePlaced)) {
                return;
            }
        }
        startLink(regions);
    }

    private void startLink(List<RegionFeed> regions) {
        NodeLink link = new NodeLink(context, regions, this);
        links.add(link);
        link.start();
    }

    @Override
    public synchronized void rehome(
            NodeLink from, Map<HostAndPort, List<RegionFeed>> byMaster, List<RegionFeed> orphans) {
        if (isClosed) {
            return;
        }
        links.removeIf(NodeLink::isOver);
        byMaster.forEach((master, regions) -> {
            regions.removeIf(feed -> !followed.contains(feed));
            NodeLink there = linkTo(master, from);
            if (!regions.isEmpty() && (there == null || !there.add(regions, true))) {
                startLink(regions);
            }
        });
        orphans.removeIf(feed -> !followed.contains(feed));
        if (!orphans.isEmpty()) {
            place(orphans, from);
        }
    }

    @Override
    public synchronized boolean settle(NodeLink link, HostAndPort node) {
        if (linkTo(node, link) != null) {
            return false;
        }
        link.settleAt(node);
        return true;
    }

    private @Nullable NodeLink linkTo(HostAndPort master, NodeLink other) {
        for (NodeLink link : links) {
            if (link != other && master.equals(link.node()) && !link.isEmpty()) {
                return link;
            }
        }
        return null;
    }

    /** Removes this member's rows, disconnects, and ends all threads; see {@link NodeLink#close}. */
    void close() {
        List<NodeLink> closing;
        synchronized (this) {
            isClosed = true;
            closing = List.copyOf(links);
            links.clear();
        }
        closing.forEach(NodeLink::close);
    }
}
