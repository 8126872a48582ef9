package dev.freshet.service;

/** A span as an example of a value in a histogram. */
public record Exemplar(String traceId, String spanId) {}
