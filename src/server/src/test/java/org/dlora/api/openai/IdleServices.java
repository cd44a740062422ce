package org.dlora.api.openai;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.source.FakeTarget;
import org.dlora.catalogue.source.SourceSettings;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.UnpackLimits;

/** Services of operators that have nothing to show, and refuse to change anything. */
final class IdleServices {
    private IdleServices() {}

    /** Returns a service whose lists, maps and options are empty. */
    static <T> T of(Class<T> service) {
        var loader = service.getClassLoader();
        return service.cast(
                Proxy.newProxyInstance(
                        loader, new Class<?>[] {service}, (_, method, _) -> answer(method)));
    }

    private static Object answer(Method method) {
        var type = method.getReturnType();
        if (type == List.class) {
            return List.of();
        }
        if (type == Map.class) {
            return Map.of();
        }
        if (type == Optional.class) {
            return Optional.empty();
        }
        throw new UnsupportedOperationException(method + " of an idle service");
    }

    /** Returns jobs of which none has begun. */
    static AcquisitionJobs jobs() {
        var nowhere = Path.of("target", "idle-jobs");
        return new AcquisitionJobs(
                new ContentStore(nowhere),
                AdapterSources.of(
                        new SourceSettings(
                                false, List.of(), List.of(), new UnpackLimits(1 << 20, 100, 100)),
                        new HubSettings(
                                URI.create("http://localhost"), Optional.empty(), nowhere, false)),
                new FakeTarget(),
                InstantSource.system());
    }
}
