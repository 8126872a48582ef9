/** Compares an application's OpenAPI document with what the application answers. */
@NullMarked
package dev.freshet.service.openapi;

import org.jspecify.annotations.NullMarked;
