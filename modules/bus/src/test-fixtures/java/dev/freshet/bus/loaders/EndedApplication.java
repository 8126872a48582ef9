package dev.freshet.bus.loaders;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.function.Consumer;

/** The class loader of an application that ends before its process does, as in an application server. */
public final class EndedApplication extends ClassLoader {

    private EndedApplication() {
        super(EndedApplication.class.getClassLoader());
    }

    /** Code of the application. */
    static final class Call implements Consumer<Runnable> {
        private static final InheritableThreadLocal<Object> OF_APPLICATION = new InheritableThreadLocal<>();

        @Override
        public void accept(Runnable work) {
            Thread current = Thread.currentThread();
            ClassLoader before = current.getContextClassLoader();
            current.setContextClassLoader(Call.class.getClassLoader());
            OF_APPLICATION.set(this);
            try {
                work.run();
            } finally {
                OF_APPLICATION.remove();
                current.setContextClassLoader(before);
            }
        }
    }

    /** Does work within an application, which then ends. Returns its class loader, to be collected unless something holds it. */
    @SuppressWarnings("unchecked") // it is one, though of another loader
    public static WeakReference<ClassLoader> doing(Runnable work) {
        EndedApplication application = new EndedApplication();
        try {
            var constructor = application.loadClass(Call.class.getName()).getDeclaredConstructor();
            constructor.setAccessible(true);
            ((Consumer<Runnable>) constructor.newInstance()).accept(work);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return new WeakReference<>(application);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.equals(Call.class.getName())) {
            return super.loadClass(name, resolve);
        }
        try (InputStream in = Objects.requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
            byte[] bytes = in.readAllBytes();
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
