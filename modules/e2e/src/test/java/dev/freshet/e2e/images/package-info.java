/** The container images: built, restricted as the manifests say, driven, and stopped. */
@NullMarked
package dev.freshet.e2e.images;

import org.jspecify.annotations.NullMarked;
