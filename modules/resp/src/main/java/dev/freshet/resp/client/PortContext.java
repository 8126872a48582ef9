package dev.freshet.resp.client;

import dev.freshet.resp.commands.Classifier;
import dev.freshet.resp.local.KeyMap;
import dev.freshet.resp.tracking.Tracking;
import dev.freshet.resp.upstream.Upstream;

/**
 * What the connections of all clients share.
 *
 * @param database the database whose keys have copies
 * @param maximumPending how many commands may be without an answer in this process
 */
public record PortContext(
        Upstream upstream,
        Tracking tracking,
        KeyMap keys,
        Classifier classifier,
        Invalidations invalidations,
        PortStats stats,
        int database,
        long maximumPending) {}
