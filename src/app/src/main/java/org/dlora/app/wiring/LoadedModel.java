package org.dlora.app.wiring;

import org.dlora.api.openai.call.ServedModel;
import org.dlora.operate.Administration;

/** A model that has been loaded: what calls get, and the services that operators use. */
record LoadedModel(ServedModel served, Administration.Services services) {}
