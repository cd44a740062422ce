package org.dlora.console;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The console's pages. They need the beans of {@code security.users}. */
@Configuration(proxyBeanMethods = false)
@Import({PageRenderer.class, ConsoleErrors.class, SignInPages.class, UserPages.class})
public class Console {}
