package org.dlora.device.cuda;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.device.Device;

/** GPUs that all tests of a JVM share: closing one does nothing, as opening one takes long. */
public final class SharedGpu {
    private static final Map<Integer, Device> OPENED = new ConcurrentHashMap<>();

    private SharedGpu() {}

    public static Device number(int number) {
        return OPENED.computeIfAbsent(number, SharedGpu::open);
    }

    private static Device open(int number) {
        var device = CudaDevice.gpu(number);
        return (Device)
                Proxy.newProxyInstance(
                        Device.class.getClassLoader(),
                        new Class<?>[] {Device.class},
                        (_, method, arguments) -> {
                            if (method.getName().equals("close")) {
                                return null;
                            }
                            try {
                                return method.invoke(device, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }
}
