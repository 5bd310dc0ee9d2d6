const named = (name: string) => ({ names: { en: name, de: `${name} (de)` } })

export const sydney = {
  country: named('Australia'),
  subdivisions: [named('New South Wales')],
  city: named('Sydney'),
  location: { latitude: -33.8715, longitude: 151.2006, accuracy_radius: 20 },
}

/** Whoever writes the database writes what they like. */
export const hostile = `'); DROP TABLE CloudAuditEvents; -- "}{ \\' {p0:String} \u0000`

/** Made-up places of some networks; 10.0.0.0/8, 8.8.8.0/24 and most others have none. */
export const testPlaces = {
  '20.53.0.0/16': sydney,
  '20.53.203.0/24': { ...sydney, location: { latitude: -33.8, longitude: 151.2 } },
  '5.148.0.0/17': { country: named('United Kingdom'), subdivisions: [named('England'), named('Camden')] },
  '198.51.100.0/25': { country: named('Nowhere'), city: named(hostile) },
  '203.0.113.7/32': { registered_country: named('Japan') },
  '2a03:2880::/32': { country: named('Ireland'), city: named('Dublin') },
}
