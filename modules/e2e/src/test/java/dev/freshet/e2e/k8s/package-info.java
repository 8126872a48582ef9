/** What the manifests under {@code k8s} say: rendered, held against Kubernetes' schema, and asked what they mean. */
@NullMarked
package dev.freshet.e2e.k8s;

import org.jspecify.annotations.NullMarked;
