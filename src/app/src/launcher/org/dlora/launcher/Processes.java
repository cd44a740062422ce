package org.dlora.launcher;

import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * What Java 8 does not know of processes, by reflection. A JVM that this one starts ends when this
 * one is gone: it may have been killed and so unable to forward a signal.
 */
final class Processes {

    /** System property with the process id of the JVM that relaunched this one. */
    private static final String PARENT = "dlora.launcher.parent";

    private Processes() {}

    /** Returns the option of a JVM that this one starts and that must not outlive it. */
    static String parentOption() {
        return "-D" + PARENT + "=" + id();
    }

    /** Returns whether another JVM has started this one. */
    static boolean hasParent() {
        return System.getProperty(PARENT) != null;
    }

    /**
     * Returns this process's id. {@code ProcessHandle} is newer than Java 8; the name is {@code
     * pid@host} on every known JVM.
     */
    static String id() {
        return ManagementFactory.getRuntimeMXBean().getName().split("@", 2)[0];
    }

    /** Ends this JVM once the one that started it is gone, if that one asked for it. */
    static void watchParent() throws ReflectiveOperationException {
        Long parent = Long.getLong(PARENT);
        if (parent == null) {
            return;
        }
        CompletableFuture<?> exit = exitOf(parent);
        if (exit == null) {
            System.exit(1);
        } else {
            exit.thenRun(() -> System.exit(1));
        }
    }

    /** Returns whether there is no such process; false on Java 8, which cannot tell. */
    static boolean isGone(String id) {
        try {
            return exitOf(Long.parseLong(id)) == null;
        } catch (ReflectiveOperationException | NumberFormatException e) {
            return false;
        }
    }

    /** Ends a process and waits for it; from Java 9 on, also those that it has started. */
    static void endAll(Process process) {
        try {
            Object handle = Process.class.getMethod("toHandle").invoke(process);
            Class<?> handleType = Class.forName("java.lang.ProcessHandle");
            Method end = handleType.getMethod("destroyForcibly");
            Stream<?> descendants = (Stream<?>) handleType.getMethod("descendants").invoke(handle);
            for (Object descendant : descendants.toArray()) {
                end.invoke(descendant);
            }
        } catch (ReflectiveOperationException e) {
            // Java 8 knows no descendants; the process itself ends below.
        }
        try {
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Returns {@code ProcessHandle.of(pid).onExit()} by reflection, null where there is no such
     * process.
     */
    private static CompletableFuture<?> exitOf(long pid) throws ReflectiveOperationException {
        Class<?> handleType = Class.forName("java.lang.ProcessHandle");
        try {
            Optional<?> handle =
                    (Optional<?>) handleType.getMethod("of", long.class).invoke(null, pid);
            return handle.isPresent()
                    ? (CompletableFuture<?>) handleType.getMethod("onExit").invoke(handle.get())
                    : null;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(
                    "Can't watch the launcher's process " + pid, e.getCause());
        }
    }
}
