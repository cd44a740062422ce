package org.dlora.cluster.supervision;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.device.ForwardingDevice;
import org.dlora.device.Operations;

/** The CPU, on which steps of a replica fail or hang. */
final class FaultyDevice extends ForwardingDevice {
    private final Map<String, Runnable> faults = new ConcurrentHashMap<>();

    /** Runs {@code fault} before each step of a replica's thread from now on. */
    void fault(String replica, Runnable fault) {
        faults.put("replica-" + replica, fault);
    }

    /** Lets the steps of a replica be as they are. */
    void heal(String replica) {
        faults.remove("replica-" + replica);
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
