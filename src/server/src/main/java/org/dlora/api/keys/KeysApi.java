package org.dlora.api.keys;

import org.dlora.operate.access.KeyCommands;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Endpoints of keys and teams. They need a {@link org.dlora.security.KeyService} and a {@link
 * org.dlora.security.limits.Limiter}.
 */
@Configuration(proxyBeanMethods = false)
@Import({KeyCommands.class, KeysController.class, TeamsController.class, MeController.class})
public class KeysApi {}
