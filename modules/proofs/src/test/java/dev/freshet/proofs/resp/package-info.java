/**
 * A deterministic simulation of the RESP port: the production's connections of clients, tracking connection, fills, copies and cache, with
 * a model of Redis, of event loops, of the network and of time around them. {@link dev.freshet.proofs.resp.RespSimulationTest} runs many
 * seeds, and {@link dev.freshet.proofs.resp.RespMutationTest} shows that a protection that is switched off is missed.
 *
 * <ul>
 *   <li>Real: {@code ClientConnection}, {@code UpstreamAnswers}, {@code LocalReads}, {@code Tracker}, {@code Tracking}, {@code Fills},
 *       {@code Barriers}, {@code Copies}, {@code RegionCache}, {@code Confirmation}, and what reads and writes RESP.
 *   <li>Modelled: Redis with tracking in default mode, which {@link dev.freshet.proofs.resp.TrackedRedisTest} holds against a real one;
 *       event loops, of which one task at a time runs; connections that delay, split, freeze or lose what is sent; clocks.
 * </ul>
 */
@NullMarked
package dev.freshet.proofs.resp;

import org.jspecify.annotations.NullMarked;
