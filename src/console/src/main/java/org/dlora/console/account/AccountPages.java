package org.dlora.console.account;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Pages of the one who signs in. They need the beans of {@code security.users}. */
@Configuration(proxyBeanMethods = false)
@Import({SignInPages.class, UserPages.class})
public class AccountPages {}
