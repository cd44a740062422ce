package org.dlora.device.cpu;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.dlora.device.cpu.natives.KernelFamily;

/** The kernels that {@link NeedsNativeKernels} asks for, where they are not the automatic ones. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface NeedsKernels {
    KernelFamily value();
}
