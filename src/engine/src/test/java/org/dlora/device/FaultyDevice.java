package org.dlora.device;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** The CPU, on which steps of a replica fail or hang. */
public final class FaultyDevice extends ForwardingDevice {
    private final Map<String, Runnable> faults = new ConcurrentHashMap<>();
    private final List<Gate> gates = new CopyOnWriteArrayList<>();
    private final boolean isElastic;

    /** A device whose KV caches keep their size. */
    public FaultyDevice() {
        this(false);
    }

    /**
     * @param isElastic whether KV caches are elastic, where the CPU's are
     */
    public FaultyDevice(boolean isElastic) {
        this.isElastic = isElastic && cpu.isKvElastic();
    }

    /** Runs {@code fault} before each step of a replica's thread from now on. */
    public void fault(String replica, Runnable fault) {
        faults.put(name(replica), fault);
    }

    private static String name(String replica) {
        return "replica-" + replica;
    }

    /** A gate before the steps of a replica. */
    public static final class Gate {
        private final AtomicInteger steps = new AtomicInteger();
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);
        private volatile boolean fails;

        private void pass(int free) {
            if (steps.incrementAndGet() > free) {
                reached.countDown();
                await(opened);
                if (fails) {
                    throw new DeviceLostException("a planned loss");
                }
            }
        }

        /** Waits until a step stands before it. */
        public void awaitStep() {
            await(reached);
        }

        public void open() {
            opened.countDown();
        }

        /** Lets the steps that stand before it fail. */
        public void fail() {
            fails = true;
            open();
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Lets the steps of a replica's thread hang, after {@code free} others. */
    public Gate block(String replica, int free) {
        var gate = new Gate();
        gates.add(gate);
        fault(replica, () -> gate.pass(free));
        return gate;
    }

    /** Lets all steps go on. */
    public void openAll() {
        gates.forEach(Gate::open);
    }

    /** Lets the steps of a replica be as they are. */
    public void heal(String replica) {
        faults.remove(name(replica));
    }

    @Override
    public boolean isKvElastic() {
        return isElastic;
    }

    @Override
    public KvCache kvCache(KvLayout layout, int usable) {
        return isElastic ? cpu.kvCache(layout, usable) : super.kvCache(layout, usable);
    }

    @Override
    public Operations open(int threads) {
        var cpu = super.open(threads);
        return (Operations)
                Proxy.newProxyInstance(
                        Operations.class.getClassLoader(),
                        new Class<?>[] {Operations.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("begin")) {
                                faults.getOrDefault(Thread.currentThread().getName(), () -> {})
                                        .run();
                            }
                            try {
                                return method.invoke(cpu, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
