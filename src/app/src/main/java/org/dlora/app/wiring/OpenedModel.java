package org.dlora.app.wiring;

import java.nio.file.Path;
import org.dlora.adapter.AdapterSource;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.app.device.ServedDevices;
import org.dlora.app.source.ModelSource;
import org.dlora.device.Device;
import org.dlora.model.BaseModel;
import org.dlora.tensor.DType;

/**
 * The base model's files and the devices that serve it, before its weights are packed.
 *
 * @param weightType dtype of its matrices
 * @param uploader of adapters to the first device
 * @param memo of the adapters' contents
 */
record OpenedModel(
        ModelSource source,
        BaseModel base,
        DType weightType,
        ServedDevices devices,
        AdapterUploader uploader,
        ContentMemo memo) {

    /** Returns the first device; all have its arithmetic. */
    Device device() {
        return devices.first().device();
    }

    /** Reads the configuration and the header of the adapter in a folder. */
    RegisteredAdapter adapter(Path folder) {
        return RegisteredAdapter.of(folder, base, uploader, memo);
    }

    /**
     * Returns the folders that adapters are loaded from while the server runs.
     *
     * @param acquired folder of acquired adapters
     */
    AdapterSource adapters(Path acquired) {
        return new AdapterSource(source.loadableFrom(acquired), base, uploader, memo);
    }
}
