/** Checks of rendered Kubernetes manifests. */
@NullMarked
package dev.freshet.cli.manifests;

import org.jspecify.annotations.NullMarked;
