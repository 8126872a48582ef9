/**
 * A deterministic simulation of whole deployments: the production state machine, feed, scripts, fences and cache, with a
 * model of Redis, of the network, of time and of sources around them. {@link
 * dev.freshet.proofs.simulation.SimulationTest} runs many seeds, {@link
 * dev.freshet.proofs.simulation.PinnedHistoriesTest} the histories that break simpler protocols, and {@link
 * dev.freshet.proofs.simulation.MutationTest} shows that a protection that is switched off is missed.
 */
@NullMarked
package dev.freshet.proofs.simulation;

import org.jspecify.annotations.NullMarked;
