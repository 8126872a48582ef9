/**
 * A deterministic simulation of whole deployments: the production state machine, feed, scripts, fences and cache, with a
 * model of Redis, of the network, of time and of sources around them. {@link
 * dev.freshet.proofs.simulation.SimulationTest} runs many seeds, {@link
 * dev.freshet.proofs.simulation.PinnedHistoriesTest} the histories that break simpler protocols, and {@link
 * dev.freshet.proofs.simulation.MutationTest} shows that a protection that is switched off is missed.
 *
 * <ul>
 *   <li>Real: record bytes, all Lua scripts, {@code RegionStateMachine}, {@code RegionFeed}, {@code RegionEffects}, {@code
 *       RegionProgress}, {@code Confirmation}, {@code RegionCache}, {@code CachedRegion} with its tier, {@code RetransmitBuffer},
 *       {@code DroppedRecords}, {@code PositionWaiters}, members' rows.
 *   <li>Modelled: two Redis servers (delayed replication, files, failovers, isolation, clocks that are set), which {@link
 *       dev.freshet.proofs.simulation.RedisModelTest} holds against a real one; connections (delay, drop, cut, repeat; the tier's
 *       calls lost or late); publishers that retry, or soon forget; readers that throw; commits visible later; slow loads; clocks.
 * </ul>
 */
@NullMarked
package dev.freshet.proofs.simulation;

import org.jspecify.annotations.NullMarked;
