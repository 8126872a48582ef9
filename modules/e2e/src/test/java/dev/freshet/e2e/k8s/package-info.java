/** Renders the manifests under {@code k8s}, and checks them against the schema of Kubernetes and our own rules. */
@NullMarked
package dev.freshet.e2e.k8s;

import org.jspecify.annotations.NullMarked;
