package org.dlora.api.keys;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Endpoints of keys and teams. They need a {@link org.dlora.security.KeyService}. */
@Configuration(proxyBeanMethods = false)
@Import({KeysController.class, TeamsController.class, MeController.class})
public class KeysApi {}
