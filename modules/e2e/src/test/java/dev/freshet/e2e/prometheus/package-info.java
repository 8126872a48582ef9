/** The dashboard and the alerts: a real Prometheus that scrapes real processes evaluates each expression. */
@NullMarked
package dev.freshet.e2e.prometheus;

import org.jspecify.annotations.NullMarked;
