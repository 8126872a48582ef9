/** The dashboard and the alerts: each expression asked of a real Prometheus that scraped real processes. */
@NullMarked
package dev.freshet.e2e.prometheus;

import org.jspecify.annotations.NullMarked;
