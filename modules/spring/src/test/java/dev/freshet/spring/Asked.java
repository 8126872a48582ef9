package dev.freshet.spring;

import dev.freshet.Freshet;
import dev.freshet.Region;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Notes what the regions of a client are asked about their keys. */
final class Asked {

    private final Map<String, List<String>> methodsByKey = new ConcurrentHashMap<>();

    /** Returns the names of the methods that were asked about a key, in their order. */
    List<String> about(String key) {
        return List.copyOf(methodsByKey.getOrDefault(key, List.of()));
    }

    /** Returns the client, with regions that are noted. */
    Freshet noted(Freshet freshet) {
        return noted(Freshet.class, freshet);
    }

    private <T> T noted(Class<T> type, T asked) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
            if (asked instanceof Region<?> && args != null && args.length > 0 && args[0] instanceof String key) {
                methodsByKey
                        .computeIfAbsent(key, added -> new CopyOnWriteArrayList<>())
                        .add(method.getName());
            }
            try {
                Object answer = method.invoke(asked, args);
                return answer instanceof Region<?> region ? noted(Region.class, region) : answer;
            } catch (InvocationTargetException fault) {
                throw fault.getTargetException();
            }
        }));
    }
}
