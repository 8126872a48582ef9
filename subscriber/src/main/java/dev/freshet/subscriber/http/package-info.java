/** The data port: entries and regions over HTTP. Runs on event loops and never blocks. */
@NullMarked
package dev.freshet.subscriber.http;

import org.jspecify.annotations.NullMarked;
