/**
 * The demo: a small real application on top of Freshet, and a local stack that runs several replicas of it and checks every
 * answer. {@link dev.freshet.demo.DemoMain} runs the stack, {@link dev.freshet.demo.app.ReplicaMain} one replica, {@link
 * dev.freshet.demo.app.PlainReplicaMain} one beside a sidecar.
 */
@NullMarked
package dev.freshet.demo;

import org.jspecify.annotations.NullMarked;
