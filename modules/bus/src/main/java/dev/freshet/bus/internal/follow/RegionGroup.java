package dev.freshet.bus.internal.follow;

import java.util.List;

/**
 * Regions whose heads one script may read.
 *
 * @param memberChannel the member's own channel, in a cluster in the slot of these regions
 * @param sharded whether all these channels are sharded ones
 */
record RegionGroup(List<RegionFeed> feeds, String memberChannel, boolean sharded) {}
