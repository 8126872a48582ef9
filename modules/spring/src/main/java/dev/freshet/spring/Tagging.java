package dev.freshet.spring;

import java.util.Collection;

/** Knows the tags of what one call has loaded. */
@FunctionalInterface
interface Tagging {

    /** None. */
    Tagging NONE = value -> java.util.List.of();

    /** Returns the tags of a value. */
    Collection<String> tagsOf(Object value);
}
