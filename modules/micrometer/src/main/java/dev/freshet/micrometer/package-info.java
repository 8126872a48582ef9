/**
 * Freshet's metrics for Micrometer. {@link dev.freshet.micrometer.FreshetMetrics} is for applications that connect with {@link
 * dev.freshet.Freshet#connect(dev.freshet.FreshetConfig)}; the two others are for those that use a publisher or a subscriber alone.
 */
@NullMarked
package dev.freshet.micrometer;

import org.jspecify.annotations.NullMarked;
