package dev.freshet.bus.internal.follow;

import java.util.ArrayList;
import java.util.List;

/**
 * Regions whose heads one script may read.
 *
 * @param memberChannel the member's own channel, in the slot of these regions
 * @param sharded whether all these channels are sharded ones
 */
record RegionGroup(List<RegionFeed> feeds, String memberChannel, boolean sharded) {

    /**
     * Groups the regions of a node.
     *
     * @param apart whether each region lives in a slot of its own, as in a cluster; else one group holds them all
     */
    static List<RegionGroup> of(List<RegionFeed> feeds, String memberId, boolean apart, boolean sharded) {
        return apart
                ? feeds.stream()
                        .map(feed -> of(List.of(feed), memberId, sharded))
                        .toList()
                : List.of(of(feeds, memberId, sharded));
    }

    private static RegionGroup of(List<RegionFeed> feeds, String memberId, boolean sharded) {
        return new RegionGroup(feeds, feeds.get(0).names().memberChannel(memberId), sharded);
    }

    /**
     * Returns the channels to subscribe to in one command, which in a cluster may name only one slot. So the member's own
     * channel is never heard without the records' channels.
     */
    List<String> channels() {
        List<String> channels = new ArrayList<>(feeds.size() + 1);
        feeds.forEach(feed -> channels.add(feed.names().channel()));
        channels.add(memberChannel);
        return channels;
    }
}
