package dev.freshet.demo.stack;

import java.net.URI;

/**
 * A subscriber with a RESP port.
 *
 * @param process its process
 * @param respPort where it is a Redis to clients
 * @param metrics the page with its metrics
 */
public record Sidecar(SupervisedProcess process, int respPort, URI metrics) {}
