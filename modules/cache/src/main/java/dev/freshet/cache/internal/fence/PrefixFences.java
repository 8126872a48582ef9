package dev.freshet.cache.internal.fence;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The fences of prefixes, found for a key without trying each: the hash of a string is the running hash of its characters,
 * so one pass over the key yields the hash of each of its prefixes, and those of a length that occurs are looked up. Read
 * by any thread; written under the monitor of {@link Fences}.
 */
final class PrefixFences {

    private record Node(
            String prefix, Fence fence, @Nullable Node next) {

        /** What is left of a chain without the fences up to a counter. */
        static @Nullable Node newerThan(long counter, @Nullable Node chain) {
            if (chain == null) {
                return null;
            }
            Node rest = newerThan(counter, chain.next);
            return chain.fence.counter > counter ? new Node(chain.prefix, chain.fence, rest) : rest;
        }

        /** This chain without a prefix. */
        static @Nullable Node without(@Nullable Node chain, String prefix) {
            if (chain == null) {
                return null;
            }
            return chain.prefix.equals(prefix)
                    ? chain.next
                    : new Node(chain.prefix, chain.fence, without(chain.next, prefix));
        }
    }

    private static final int[] NO_LENGTHS = {};

    /** A chain of which nothing is left; matches no key. */
    private static final Node EMPTY = new Node("", Fence.NONE, null);

    private final Map<Integer, Node> byHash = new ConcurrentHashMap<>();
    private volatile int[] lengths = NO_LENGTHS;
    private volatile int size;

    int size() {
        return size;
    }

    @Nullable
    Fence get(String prefix) {
        for (Node node = byHash.get(prefix.hashCode()); node != null; node = node.next) {
            if (node.prefix.equals(prefix)) {
                return node.fence;
            }
        }
        return null;
    }

    /** A fence newer than {@code since} of a prefix of the key. */
    @Nullable
    Fence newerThan(long since, String key) {
        int hash = 0;
        int hashed = 0;
        for (int length : lengths) {
            if (length > key.length()) {
                break;
            }
            while (hashed < length) {
                hash = 31 * hash + key.charAt(hashed++);
            }
            for (Node node = byHash.get(hash); node != null; node = node.next) {
                if (node.fence.counter > since && node.prefix.length() == length && key.startsWith(node.prefix)) {
                    return node.fence;
                }
            }
        }
        return null;
    }

    /** Hands over every fence newer than {@code since} of a prefix of the key. */
    void forEachNewerThan(long since, String key, Consumer<Fence> action) {
        for (int length : lengths) {
            if (length > key.length()) {
                break;
            }
            Fence fence = get(key.substring(0, length));
            if (fence != null && fence.counter > since) {
                action.accept(fence);
            }
        }
    }

    void put(String prefix, Fence fence) {
        // The length first: whoever can see the fence, or a counter that it moved, must look for it.
        addLength(prefix.length());
        Node chain = byHash.get(prefix.hashCode());
        Node others = chain;
        if (get(prefix) == null) {
            int larger = size + 1;
            size = larger;
        } else {
            others = Node.without(chain, prefix);
        }
        byHash.put(prefix.hashCode(), new Node(prefix, fence, others));
    }

    /** Forgets the fences up to a counter. */
    void removeThrough(long counter) {
        if (size == 0) {
            return;
        }
        byHash.replaceAll((hash, chain) -> {
            Node kept = Node.newerThan(counter, chain);
            return kept == null ? EMPTY : kept;
        });
        byHash.values().removeIf(chain -> chain.prefix.isEmpty());
        int left = 0;
        int[] found = NO_LENGTHS;
        for (Node chain : byHash.values()) {
            for (Node node = chain; node != null; node = node.next) {
                found = withLength(found, node.prefix.length());
                left++;
            }
        }
        lengths = found;
        size = left;
    }

    private void addLength(int length) {
        lengths = withLength(lengths, length);
    }

    private static int[] withLength(int[] sorted, int length) {
        int at = Arrays.binarySearch(sorted, length);
        if (at >= 0) {
            return sorted;
        }
        int insertion = -at - 1;
        int[] longer = new int[sorted.length + 1];
        System.arraycopy(sorted, 0, longer, 0, insertion);
        longer[insertion] = length;
        System.arraycopy(sorted, insertion, longer, insertion + 1, sorted.length - insertion);
        return longer;
    }
}
