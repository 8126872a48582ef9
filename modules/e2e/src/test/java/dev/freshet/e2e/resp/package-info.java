/** Clients of Redis in other languages, at the RESP ports of real processes. */
@org.jspecify.annotations.NullMarked
package dev.freshet.e2e.resp;
